variable "region" {
  description = "AWS region to deploy to."
  type        = string
}

variable "project" {
  description = "Name of the project; the first part of every resource name."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,30}$", var.project))
    error_message = "The project name must be 2 to 31 lower-case letters, digits or hyphens."
  }
}

variable "environment" {
  description = "Stage of the deployment, such as dev or prod."
  type        = string
}

variable "workflow_type" {
  description = "STANDARD (durable, billed by transition) or EXPRESS (short, billed by duration)."
  type        = string
  default     = "STANDARD"
}

variable "lambda_runtime" {
  description = "Runtime of the function."
  type        = string
  default     = "python3.12"
}

variable "log_level" {
  description = "LOG_LEVEL of the function."
  type        = string
  default     = "INFO"
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs."
  type        = number
  default     = 14
}

variable "schedule_expression" {
  description = "EventBridge schedule that starts the workflow, such as rate(1 hour). Null: no schedule."
  type        = string
  default     = null
}
