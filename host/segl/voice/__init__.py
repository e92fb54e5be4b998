"""Voices of the audio code reader: texts in, a pack of clips out.

`adpcm`, `pack` and `texts` need nothing but Python; `sound`, `encode`, `speak` and `build` need the extra `speech`.
"""

# What a Pico 2's board file keeps for packs, in bytes.
REGION = 2 << 20
# Samples a second of every clip.
RATE = 16000
