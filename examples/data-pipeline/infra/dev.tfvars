region             = "us-east-1"
project            = "climate"
environment        = "dev"
log_retention_days = 7
force_destroy      = true
