"""Run a Python tool whose ports may be simulated devices: `python -m segl_sim.serial_urls MODULE [ARGUMENTS]`."""

import runpy
import sys

if len(sys.argv) < 2:
    sys.exit("Say which tool: python -m segl_sim.serial_urls serial.tools.miniterm sim://desk")
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
