"""The CDK app: `cdk deploy -c cluster=prod -c email=me@example.com`."""

from infra.app import main

if __name__ == "__main__":
    main()
