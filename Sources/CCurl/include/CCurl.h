/// libcurl; its variadic calls as one function per argument type.
#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>
#include <openssl/ssl.h>
#include <stdint.h>

// The parentheses keep curl's type-checking macros from expanding.
static inline CURLcode cc_set_long(CURL *handle, CURLoption option, long value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode cc_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode cc_set_pointer(CURL *handle, CURLoption option, const void *value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode cc_set_string(CURL *handle, CURLoption option, const char *value) {
    return (curl_easy_setopt)(handle, option, value);
}
static inline CURLcode cc_set_writer(CURL *handle, CURLoption option, curl_write_callback callback) {
    return (curl_easy_setopt)(handle, option, callback);
}
static inline CURLcode cc_set_seeker(CURL *handle, curl_seek_callback callback, void *context) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_SEEKDATA, context);
    return code ? code : (curl_easy_setopt)(handle, CURLOPT_SEEKFUNCTION, callback);
}
static inline CURLcode cc_set_starter(CURL *handle, curl_prereq_callback callback, void *context) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_PREREQDATA, context);
    return code ? code : (curl_easy_setopt)(handle, CURLOPT_PREREQFUNCTION, callback);
}
static inline CURLcode cc_set_opener(CURL *handle, curl_opensocket_callback callback, void *context) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETDATA, context);
    return code ? code : (curl_easy_setopt)(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
}
static inline CURLcode cc_set_closer(CURL *handle, curl_closesocket_callback callback, void *context) {
    CURLcode code = (curl_easy_setopt)(handle, CURLOPT_CLOSESOCKETDATA, context);
    return code ? code : (curl_easy_setopt)(handle, CURLOPT_CLOSESOCKETFUNCTION, callback);
}

static inline CURLcode cc_get_long(CURL *handle, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(handle, info, value);
}
static inline CURLcode cc_get_pointer(CURL *handle, CURLINFO info, void **value) {
    return (curl_easy_getinfo)(handle, info, value);
}
static inline CURLcode cc_get_socket(CURL *handle, CURLINFO info, curl_socket_t *value) {
    return (curl_easy_getinfo)(handle, info, value);
}

/// The handle's TLS session; NULL where it has none.
static inline SSL *cc_tls_session(CURL *handle) {
    struct curl_tlssessioninfo *session = NULL;
    if ((curl_easy_getinfo)(handle, CURLINFO_TLS_SSL_PTR, &session) || !session) return NULL;
    return session->backend == CURLSSLBACKEND_OPENSSL ? session->internals : NULL;
}

/// Whether the peer said that it would send no more: libcurl 7.88 reports a TLS connection that was cut as one that ended.
static inline int cc_tls_has_ended(CURL *handle) {
    SSL *session = cc_tls_session(handle);
    return session && (SSL_get_shutdown(session) & SSL_RECEIVED_SHUTDOWN);
}

/// Whether the TLS handshake settled on HTTP/2.
static inline int cc_tls_is_http2(CURL *handle) {
    SSL *session = cc_tls_session(handle);
    const unsigned char *protocol = NULL;
    unsigned length = 0;
    if (session) SSL_get0_alpn_selected(session, &protocol, &length);
    return length == 2 && protocol[0] == 'h' && protocol[1] == '2';
}

static inline CURLMcode cc_watch_sockets(CURLM *multi, curl_socket_callback callback, void *context) {
    CURLMcode code = (curl_multi_setopt)(multi, CURLMOPT_SOCKETDATA, context);
    return code ? code : (curl_multi_setopt)(multi, CURLMOPT_SOCKETFUNCTION, callback);
}
static inline CURLMcode cc_watch_timer(CURLM *multi, curl_multi_timer_callback callback, void *context) {
    CURLMcode code = (curl_multi_setopt)(multi, CURLMOPT_TIMERDATA, context);
    return code ? code : (curl_multi_setopt)(multi, CURLMOPT_TIMERFUNCTION, callback);
}
static inline CURLSHcode cc_share(CURLSH *share, curl_lock_data data) {
    return (curl_share_setopt)(share, CURLSHOPT_SHARE, data);
}

/// The next handle that is done, with its result; NULL once there is none. `CURLMsg` has an anonymous union.
static inline CURL *cc_next_done(CURLM *multi, CURLcode *result) {
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

#endif
