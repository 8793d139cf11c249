"""What a schema can't say: cases that are allowed by the description's schemas, but are wrong for a reason given there in words."""

import schemathesis
