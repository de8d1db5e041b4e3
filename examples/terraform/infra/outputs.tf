output "state_machine_arn" {
  description = "ARN of the workflow."
  value       = module.workflow.state_machine_arn
}

output "state_machine_alias_arn" {
  description = "ARN of the workflow's live alias: start executions through it."
  value       = module.workflow.alias_arn
}

output "function_name" {
  description = "Name of the worker function."
  value       = module.worker.function_name
}

output "log_group" {
  description = "Log group of the workflow."
  value       = module.workflow.log_group
}

output "bucket" {
  description = "Bucket for payloads that are too large for a state's input."
  value       = module.artifacts.bucket
}
