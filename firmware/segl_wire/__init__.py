# Segl's wire format, shared by the devices and the host: CBOR values, frames, and the table of messages.
