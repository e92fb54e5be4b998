"""The chip: a FIDO2 and U2F authenticator. No packets, no lights and no pins here: boards/ has those."""
