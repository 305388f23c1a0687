// What the probes of the benchmark share: sockets on 127.0.0.1, a clock, and the one request that they send.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static inline void must(int is_true, const char *what) {
    if (is_true) return;
    perror(what);
    exit(1);
}

static inline int64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static inline struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static inline void send_at_once(int fd) { setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)); }

static inline int listen_on(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    must(bind(fd, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    must(listen(fd, 4096) == 0, "listen");
    return fd;
}

static inline int connect_to(int port) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = loopback(port);
    must(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0, "connect");
    send_at_once(fd);
    return fd;
}

static inline void set_non_blocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

// Sends a chat request for `model` whose answer is a stream or not.
static inline void send_request(int fd, const char *model, int is_stream) {
    char body[512], request[1024];
    int length = snprintf(body, sizeof body,
        "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"Why is the sky blue?\"}]%s}", model,
        is_stream ? ",\"stream\":true" : "");
    int size = snprintf(request, sizeof request,
        "POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
        "content-length: %d\r\n\r\n%s", length, body);
    must(write(fd, request, size) == size, "write");
}

// Writes one server-sent event as one chunk; the time of writing is in its content, after a mark.
static inline int send_event(int fd) {
    char event[512], chunk[600];
    int length = snprintf(event, sizeof event,
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"streams\","
        "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"@%019lld\"},\"finish_reason\":null}]}\n\n",
        (long long)now_ns());
    int size = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n", length, event);
    return send(fd, chunk, size, MSG_NOSIGNAL) == size;
}

#define STREAM_HEAD "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
