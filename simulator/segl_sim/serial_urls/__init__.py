"""`sim://NAME` where programs give pyserial a port: importing this package lets `serial.serial_for_url` know it.

    import segl_sim.serial_urls
    port = serial.serial_for_url("sim://desk?setup=yes")

A tool that knows nothing of it is run so:

    python -m segl_sim.serial_urls serial.tools.miniterm sim://desk
"""

import serial

if __name__ not in serial.protocol_handler_packages:
    serial.protocol_handler_packages.append(__name__)
