"""What is subscribed of a log group: CloudWatch Logs filter patterns, read and generated."""
