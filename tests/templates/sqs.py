"""A stand-in for SQS on a free port: prints its endpoint, and ends when its input does."""

import sys

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print('http://%s:%d' % server.get_host_and_port(), flush=True)
sys.stdin.read()
server.stop()
