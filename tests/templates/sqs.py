"""A stand-in for SQS on a free port: prints its endpoint, and ends when its input does."""

import sys
from threading import Lock

from moto.server import ThreadedMotoServer
from moto.sqs.models import Queue

# Deleting copies the list of messages and puts the copy in its place, in a thread for each request: what another deletes
# meanwhile would be in the queue again, and what another adds would be lost.
changing = Lock()


def alone(change):
    def changes(*given, **named):
        with changing:
            return change(*given, **named)

    return changes


Queue.add_message = alone(Queue.add_message)
Queue.delete_message = alone(Queue.delete_message)

server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
print('http://%s:%d' % server.get_host_and_port(), flush=True)
sys.stdin.read()
server.stop()
