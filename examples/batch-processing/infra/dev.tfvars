region             = "us-east-1"
project            = "meters"
environment        = "dev"
log_retention_days = 7
force_destroy      = true
