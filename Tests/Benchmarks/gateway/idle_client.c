// Opens many connections, has one request answered on each, and holds them until it is ended.
//
//   idle_client PORT CONNECTIONS
#include "loopback.h"

int main(int argc, char **argv) {
    must(argc == 3, "usage: idle_client PORT CONNECTIONS");
    for (int index = 0; index < atoi(argv[2]); index++) {
        char buffer[8192];
        int fd = connect_to(atoi(argv[1]));
        send_request(fd, "bench", 0);
        must(read(fd, buffer, sizeof buffer) > 12 && !memcmp(buffer + 9, "200", 3), "an answer that is not 200");
    }
    puts("ready");
    fflush(stdout);
    pause();
}
