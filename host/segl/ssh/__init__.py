"""Signatures as OpenSSH makes and reads them, with keys that never leave a chip.

Sources: PROTOCOL.sshsig (the signature), PROTOCOL.u2f (keys and signatures of security keys) and PROTOCOL.key (the
private key file) in OpenSSH's sources; ssh-keygen(1), "ALLOWED SIGNERS".
"""
