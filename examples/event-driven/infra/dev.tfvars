region             = "us-east-1"
project            = "expenses"
environment        = "dev"
log_retention_days = 7
digest_schedule    = "rate(1 minute)"
