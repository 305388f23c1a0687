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

/// Asks for turns of `nanoseconds` (100,000 to 100,000,000) on the processor for the calling thread.
///
/// From Linux 6.12 on a thread with shorter turns than the running one goes ahead of it as it wakes, instead of waiting
/// for that turn's end; its share of the processor stays the same. Older kernels take no notice, and other policies than
/// the usual one are left alone.
void cl_shorten_turns(uint64_t nanoseconds);

/// `setpriority` for the calling thread alone, as Linux has it; one that has stood back as far already stays there.
void cl_stand_back(int niceness);

/// `ioctl(SIOCOUTQ)`: bytes in the socket's send queue that the peer has not acknowledged, or -1.
int cl_unsent_bytes(int descriptor);

/// Pins the calling thread to one core; returns 0 or an errno.
int cl_pin_thread(int core);

#endif
