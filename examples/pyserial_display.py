"""A serial port: stock pyserial asks a simulated display, which it takes for a real one, who it is."""

import serial

from segl_sim import World
from segl_sim.ports.pty import PtyPort
from segl_sim.runner import Runner
from segl_wire import frame, schema

with World(seed=1) as world:
    port = PtyPort(world.code_display())  # plugged in
    with Runner(world, [port]), serial.Serial(port.path, timeout=5) as line:
        line.write(frame.encode(schema.encode_request(schema.INFO, 1, {})))
        [reply] = frame.Decoder().feed(line.read_until(b"\0"))
    port.close()
_, _, _, info = schema.decode_reply(reply)
print(info["model"], info["serial"])
