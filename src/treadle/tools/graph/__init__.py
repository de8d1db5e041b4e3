"""Pictures of a Drawing: SVG, PNG, Mermaid; plain or coloured by an execution."""
