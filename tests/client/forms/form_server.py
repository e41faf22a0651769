#!/usr/bin/env python3
# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Answers each request with what Werkzeug reads of its form, as JSON. Serves on the socket that is its descriptor 3."""
import hashlib
import json

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response


@Request.application
def application(request):
    parts = [{"name": name, "text": text} for name, text in request.form.items(multi=True)]
    for name, file in request.files.items(multi=True):
        content = file.read()
        parts.append({"name": name, "fileName": file.filename, "contentType": file.content_type,
                      "size": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    read = {"method": request.method, "parts": parts, "contentLength": request.content_length,
            "transferEncoding": request.headers.get("Transfer-Encoding"),
            "authorization": request.headers.get("Authorization")}
    return Response(json.dumps(read), content_type="application/json")


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"


make_server("127.0.0.1", 0, application, request_handler=Handler, fd=3).serve_forever()
