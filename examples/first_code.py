"""A first code: put a key on a simulated display over its USB port, press its button, read its screen."""

import segl
from segl_sim import World

with World(seed=1) as world:  # one seed, one story: the same serial number, the same times, the same code
    device = world.code_display()
    device.press(6)  # held for six seconds: open for set-up
    with device.connect() as display:  # a segl.Display, as with a real device
        key = segl.Key(name="Example bank", secret=b"12345678901234567890")
        display.provision(key, utc=round(world.utc), sequence=1)
        print(display.info().serial)
    device.unplug()
    world.advance(31 - world.utc % 30)  # a second into the next half minute, when a code is fresh
    device.press()
    print(device.code)  # read off the pixels
    device.screen.png("screen.png")
