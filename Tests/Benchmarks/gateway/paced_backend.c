// A model server whose streams give a token every so often, each with the time it was sent, until the reader goes.
//
//   paced_backend PORT TOKENS_PER_SECOND
#include "loopback.h"

enum { descriptors_max = 65536 };

struct stream {
    int fd;
    int64_t due;
};

// Every stream has the same interval, so the next one due is always the oldest: a ring in order of time. Each one starts
// at a phase of its own, evenly spread: else the streams would keep the rhythm in which a proxy happened to start them.
static struct stream ring[descriptors_max];
static unsigned first, last;
static char is_streaming[descriptors_max];

static void append(int fd, int64_t due) {
    unsigned place = last++;
    for (; place != first && ring[(place - 1) % descriptors_max].due > due; place--) {
        ring[place % descriptors_max] = ring[(place - 1) % descriptors_max];
    }
    ring[place % descriptors_max] = (struct stream){fd, due};
}

// The golden ratio's multiples fill the interval evenly, however many there are.
static int64_t next_phase(int64_t interval) {
    static double share;
    share += 0.6180339887498949;
    share -= (int)share;
    return share * interval;
}

// The whole request comes in one or two reads; its body holds no blank line, so a read that ends in '}' is the end.
static int take_request(int fd) {
    char buffer[8192];
    ssize_t count;
    int is_whole = 0;
    while ((count = read(fd, buffer, sizeof buffer)) > 0) is_whole = buffer[count - 1] == '}';
    return count == 0 || errno != EAGAIN ? -1 : is_whole;
}

int main(int argc, char **argv) {
    must(argc == 3, "usage: paced_backend PORT TOKENS_PER_SECOND");
    int64_t interval = 1000000000LL / atoi(argv[2]);
    int listener = listen_on(atoi(argv[1])), epoll = epoll_create1(0);
    set_non_blocking(listener);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
    for (;;) {
        int64_t wait = first == last ? 1000000000LL : ring[first % descriptors_max].due - now_ns();
        struct timespec timeout = {wait > 0 ? wait / 1000000000LL : 0, wait > 0 ? wait % 1000000000LL : 0};
        struct epoll_event events[256];
        int count = epoll_pwait2(epoll, events, 256, &timeout, NULL);
        for (int index = 0; index < count; index++) {
            int fd = events[index].data.fd;
            if (fd == listener) {
                while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    send_at_once(fd);
                    is_streaming[fd] = 0;
                    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
                }
                continue;
            }
            int state = take_request(fd);
            if (state < 0 && is_streaming[fd]) {
                // The ring still names it: its turn closes it, so that the number cannot mean another stream by then.
                is_streaming[fd] = 0;
                epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
            } else if (state < 0) {
                close(fd);
            } else if (state > 0 && !is_streaming[fd]) {
                is_streaming[fd] = 1;
                send(fd, STREAM_HEAD, sizeof STREAM_HEAD - 1, MSG_NOSIGNAL);
                append(fd, now_ns() + next_phase(interval));
            }
        }
        while (first != last && ring[first % descriptors_max].due <= now_ns()) {
            struct stream stream = ring[first++ % descriptors_max];
            if (is_streaming[stream.fd] && send_event(stream.fd)) {
                append(stream.fd, stream.due + interval);
            } else {
                close(stream.fd);
            }
        }
    }
}
