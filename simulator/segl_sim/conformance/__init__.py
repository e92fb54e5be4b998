"""`make conformance`: Yubico's device tests, those of python-fido2, against a simulated chip with nobody at hand."""
