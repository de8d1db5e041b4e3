"""The language server: `language` and `complete` answer what editors ask, `server` speaks the protocol."""
