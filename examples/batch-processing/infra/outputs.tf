output "state_machine_arn" {
  description = "ARN of the workflow."
  value       = module.rating.state_machine_arn
}

output "bucket" {
  description = "Bucket of readings, results and invoices."
  value       = module.bucket.bucket
}
