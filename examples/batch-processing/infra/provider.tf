# Nothing here names an endpoint or a credential: both come from the environment, so the same files deploy to real AWS
# and to treadle (AWS_ENDPOINT_URL=http://localhost:4566 with any access key).
provider "aws" {
  region = var.region

  # Path-style addresses work everywhere; bucket.localhost does not resolve everywhere.
  s3_use_path_style = true

  default_tags {
    tags = {
      Project     = var.project
      Environment = var.environment
      ManagedBy   = "terraform"
    }
  }
}
