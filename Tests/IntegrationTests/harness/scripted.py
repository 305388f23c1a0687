"""A model server that says what its test has it say."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Scripted:
    """Answers every chat with `say(model, prompt)`, whole or as a stream of words, at a token a word."""

    def __init__(self, say):
        self.asked = []
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                prompt = body["messages"][-1]["content"]
                scripted.asked.append((body["model"], prompt))
                text = say(body["model"], prompt)
                usage = {"prompt_tokens": len(prompt.split()), "completion_tokens": len(text.split())}
                usage["total_tokens"] = sum(usage.values())
                if body.get("stream"):
                    return self.answer("text/event-stream", scripted.events(text, usage))
                message = {"role": "assistant", "content": text}
                choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
                answer = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}
                self.answer("application/json", json.dumps(answer | {"choices": choices, "usage": usage}).encode())

            def answer(self, kind, body):
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def events(text, usage):
        def event(choices, **more):
            chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
            return b"data: " + json.dumps(chunk | more).encode() + b"\n\n"

        words = [word + " " for word in text.split(" ")]
        deltas = [({"role": "assistant"}, None), *(({"content": word}, None) for word in words), ({}, "stop")]
        chunks = [event([{"index": 0, "delta": delta, "finish_reason": reason}]) for delta, reason in deltas]
        return b"".join(chunks) + event([], usage=usage) + b"data: [DONE]\n\n"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
