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

variable "log_retention_days" {
  description = "Days that CloudWatch keeps the logs."
  type        = number
  default     = 14
}

variable "force_destroy" {
  description = "Whether destroying the stack may delete the files and figures."
  type        = bool
  default     = false
}
