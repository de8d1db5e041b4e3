variable "name" {
  description = "Name of the function and its role."
  type        = string
}

variable "description" {
  description = "What the function does."
  type        = string
}

variable "source_dir" {
  description = "Folder with the function's code."
  type        = string
}

variable "handler" {
  description = "module.function"
  type        = string
  default     = "handler.lambda_handler"
}

variable "runtime" {
  description = "Lambda runtime."
  type        = string
  default     = "python3.12"
}

variable "timeout" {
  description = "Seconds after which an invocation is stopped."
  type        = number
}

variable "memory_size" {
  description = "Memory in MB."
  type        = number
  default     = 128
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
  default     = {}
}

variable "kms_key_arn" {
  description = "Key that encrypts environment and logs."
  type        = string
}

variable "permissions" {
  description = "What the function may do besides writing its logs and using the key."
  type = list(object({
    sid       = string
    actions   = list(string)
    resources = list(string)
  }))
  default = []
}

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs."
  type        = number
}
