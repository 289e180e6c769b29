"""The AWS CDK app: one construct for each concern, and the bundle that the functions run from."""

import os

# The CDK runs on Node 20 as well; its banner would hide what the app has to say. It is printed
# when the CDK is imported, so this comes before.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
