"""What the stock image runs first: mount the flash, and format it on any error (its own behavior, kept as it is)."""

import rp2
import vfs

_flash = rp2.Flash()
try:
    _files = vfs.VfsLfs2(_flash, progsize=256)
except OSError:
    vfs.VfsLfs2.mkfs(_flash, progsize=256)
    _files = vfs.VfsLfs2(_flash, progsize=256)
vfs.mount(_files, "/")
