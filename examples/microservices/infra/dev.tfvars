region             = "us-east-1"
project            = "shop"
environment        = "dev"
log_retention_days = 7
