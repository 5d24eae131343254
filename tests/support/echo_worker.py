# SPDX-License-Identifier: Apache-2.0
"""A worker that does what its task says: echo, die, hang, or refuse to start."""

from __future__ import annotations

import json
import os
import socket
import sys
import time

with socket.socket(fileno=int(sys.argv[1])) as line, line.makefile("rwb") as stream:
    setup = json.loads(stream.readline())
    if setup.get("start") == "die":
        sys.exit("no such snapshot")
    reply = {"fatal": "the snapshot cannot be read"} if setup.get("start") == "fatal" else {"ready": True}
    stream.write(json.dumps(reply).encode() + b"\n")
    stream.flush()
    for text in stream:
        task = json.loads(text)
        match task.get("do"):
            case "die":
                os.kill(os.getpid(), 9)
            case "exit":
                sys.exit("out of memory in a codec")
            case "hang":
                time.sleep(60)
        stream.write(json.dumps({"pid": os.getpid(), "echo": task["index"], "pad": "x" * task.get("pad", 0)}).encode())
        stream.write(b"\n")
        stream.flush()
