output "state_machine_arn" {
  description = "ARN of the workflow."
  value       = module.pipeline.state_machine_arn
}

output "bucket" {
  description = "Bucket where files arrive, in raw/."
  value       = module.bucket.bucket
}

output "files_table" {
  description = "Table of the files that were loaded."
  value       = aws_dynamodb_table.files.name
}

output "figures_table" {
  description = "Table of the daily figures."
  value       = aws_dynamodb_table.figures.name
}
