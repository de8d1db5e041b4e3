output "state_machine_arn" {
  description = "ARN of the state machine."
  value       = aws_sfn_state_machine.this.arn
}

output "alias_arn" {
  description = "ARN of the live alias."
  value       = aws_sfn_alias.live.arn
}

output "log_group" {
  description = "Log group of the executions."
  value       = aws_cloudwatch_log_group.this.name
}
