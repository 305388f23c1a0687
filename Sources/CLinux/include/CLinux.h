/// Linux's epoll, eventfd and accept4, which Swift's Glibc module leaves out.
#ifndef CLINUX_H
#define CLINUX_H

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

/// `accept4` with SOCK_NONBLOCK | SOCK_CLOEXEC; needs _GNU_SOURCE, which must not leak into other modules.
int cl_accept(int listener, struct sockaddr_storage *address, socklen_t *length);

/// `epoll_ctl` with the data word as an integer: `struct epoll_event` is packed and Swift cannot take its fields' addresses.
int cl_epoll_ctl(int epoll, int operation, int descriptor, uint32_t events, uint64_t data);

/// `epoll_event`'s data word.
static inline uint64_t cl_event_data(const struct epoll_event *event) { return event->data.u64; }

/// Names the calling thread, at most 15 bytes, as `top -H` and `perf` show it.
void cl_name_thread(const char *name);

/// `ioctl(SIOCOUTQ)`: bytes in the socket's send queue that the peer has not acknowledged, or -1.
int cl_unsent_bytes(int descriptor);

/// Pins the calling thread to one core; returns 0 or an errno.
int cl_pin_thread(int core);

#endif
