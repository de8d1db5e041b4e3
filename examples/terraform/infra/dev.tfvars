region              = "us-east-1"
project             = "orders"
environment         = "dev"
workflow_type       = "STANDARD"
log_level           = "DEBUG"
log_retention_days  = 7
schedule_expression = "rate(1 day)"
