"""Plays a script of steps with the websockets package and prints what happened as JSON, one value for each step.

The script is JSON on the standard input: {"url", "headers", "subprotocols", "ca", "steps": [[name, argument…]…],
"patience": seconds}.
"""

import asyncio
import json
import ssl
import sys

import websockets
from websockets.asyncio.client import connect

async def step(socket, patience, name, *arguments):
    match name:
        case "send":
            await socket.send(arguments[0])
        case "send_fragments":
            await socket.send(iter(arguments[0]))
        case "send_bytes":
            await socket.send(bytes(arguments[0]))
        case "receive":
            try:
                return await asyncio.wait_for(socket.recv(), patience)
            except TimeoutError:
                return None
        case "ping":
            try:
                await asyncio.wait_for(await socket.ping(arguments[0]), patience)
                return "pong"
            except TimeoutError:
                return None
        case "ping_until_closed":
            while True:
                try:
                    await socket.ping()
                except websockets.ConnectionClosed:
                    break
                await asyncio.sleep(0.1)
            return [socket.close_code, socket.close_reason]
        case "close":
            await socket.close(*arguments)
            return [socket.close_code, socket.close_reason]
        case "closed":
            try:
                await asyncio.wait_for(socket.wait_closed(), patience)
            except TimeoutError:
                return None
            return [socket.close_code, socket.close_reason]
        case "subprotocol":
            return socket.subprotocol


async def play(script):
    options = {"ping_interval": None, "additional_headers": script.get("headers"), "subprotocols": script.get("subprotocols")}
    if script.get("ca"):
        options["ssl"] = ssl.create_default_context(cafile=script["ca"])
    try:
        socket = await connect(script["url"], **options)
    except websockets.InvalidStatus as error:
        response = error.response
        return {"refused": response.status_code, "body": bytes(response.body or b"").decode()}
    try:
        return [await step(socket, script["patience"], *one) for one in script["steps"]]
    finally:
        await socket.close()


print(json.dumps(asyncio.run(play(json.load(sys.stdin)))))
