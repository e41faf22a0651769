// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_IMPL_REDIS_REPLY_IPP
#define INTHELOOP_FLEET_IMPL_REDIS_REPLY_IPP

#include <intheloop/fleet/detail/redis_reply.hpp>

#if !__has_include(<hiredis/hiredis.h>)
#error "intheloop: <intheloop/fleet/redis.hpp> needs hiredis (Debian: libhiredis-dev)"
#include <see_the_error_above>
#endif
#include <hiredis/hiredis.h>

#include <openssl/crypto.h>

#include <memory>
#include <new>
#include <utility>

namespace intheloop::redis {

namespace detail {

// Called by hiredis, through which no exception may go: null ends the reading.
INTHELOOP_DECL reply* new_object(redisReadTask const* task, reply::kind kind, std::size_t size) {
    auto* const reader = static_cast<reply_reader*>(task->privdata);
    if (!reader->take(size + sizeof(reply)))
        return nullptr;
    try {
        if (!task->parent)
            return new reply(kind);
        return &static_cast<reply*>(task->parent->obj)->items.emplace_back(kind);
    } catch (std::bad_alloc const&) {
        return nullptr;
    }
}

INTHELOOP_DECL void* new_text(redisReadTask const* task, char* text, std::size_t size) {
    auto const kind = task->type == REDIS_REPLY_STRING   ? reply::kind::text
                      : task->type == REDIS_REPLY_STATUS ? reply::kind::status
                      : task->type == REDIS_REPLY_ERROR  ? reply::kind::error
                                                         : reply::kind::nil;
    if (kind == reply::kind::nil) // of a later protocol, which nobody asked for
        return nullptr;
    reply* const made = new_object(task, kind, size);
    if (!made)
        return nullptr;
    try {
        made->text.assign(text, size);
    } catch (std::bad_alloc const&) {
        if (!task->parent)
            delete made;
        return nullptr;
    }
    return made;
}

// The number of elements is an int or a size_t, depending on the version. They are not reserved:
// they may never come.
template <class Size>
void* new_array(redisReadTask const* task, Size) {
    return task->type == REDIS_REPLY_ARRAY ? new_object(task, reply::kind::array, 0) : nullptr;
}

INTHELOOP_DECL void* new_integer(redisReadTask const* task, long long value) {
    reply* const made = new_object(task, reply::kind::integer, 0);
    if (made)
        made->number = value;
    return made;
}

INTHELOOP_DECL void* new_nil(redisReadTask const* task) {
    return new_object(task, reply::kind::nil, 0);
}

// Called for whole replies only.
INTHELOOP_DECL void free_object(void* object) {
    delete static_cast<reply*>(object);
}

INTHELOOP_DECL redisReplyObjectFunctions* object_functions() {
    static redisReplyObjectFunctions made = [] {
        redisReplyObjectFunctions functions{};
        functions.createString = &new_text;
        functions.createArray = &new_array;
        functions.createInteger = &new_integer;
        functions.createNil = &new_nil;
        functions.freeObject = &free_object;
#if HIREDIS_MAJOR >= 1 // without these it would make objects that are none
        functions.createDouble = [](redisReadTask const*, double, char*, std::size_t) -> void* {
            return nullptr;
        };
        functions.createBool = [](redisReadTask const*, int) -> void* { return nullptr; };
#endif
        return functions;
    }();
    return &made;
}

} // namespace detail

INTHELOOP_DECL std::string reply::error_code() const {
    std::size_t length = 0;
    while (length != text.size() && text[length] >= 'A' && text[length] <= 'Z')
        ++length;
    bool const is_word =
        length != 0 && length <= 20 && (length == text.size() || text[length] == ' ');
    return is_word ? text.substr(0, length) : "ERR";
}

INTHELOOP_DECL reply_reader::reply_reader(std::size_t max_size)
    : max_size_(max_size), left_(max_size),
      reader_(redisReaderCreateWithFunctions(detail::object_functions())) {
    if (!reader_)
        throw std::bad_alloc();
    reader_->privdata = this;
}

INTHELOOP_DECL reply_reader::~reply_reader() {
    redisReaderFree(reader_);
}

INTHELOOP_DECL void reply_reader::feed(std::string_view bytes) {
    is_broken_ = is_broken_ || redisReaderFeed(reader_, bytes.data(), bytes.size()) != REDIS_OK;
}

INTHELOOP_DECL reply_reader::progress reply_reader::next(reply& out) {
    void* object = nullptr;
    if (is_broken_ || redisReaderGetReply(reader_, &object) != REDIS_OK) {
        is_broken_ = true;
        return progress::is_broken;
    }
    if (!object) { // a text is kept as bytes until it is whole
        is_broken_ = reader_->len - reader_->pos > max_size_;
        return is_broken_ ? progress::is_broken : progress::needs_more;
    }
    left_ = max_size_;
    std::unique_ptr<reply> const owner(static_cast<reply*>(object));
    out = std::move(*owner);
    return progress::got_reply;
}

INTHELOOP_DECL void append_command(std::string& out, std::vector<std::string_view> const& words) {
    std::vector<char const*> texts;
    std::vector<std::size_t> sizes;
    for (std::string_view const each : words) {
        texts.push_back(each.data());
        sizes.push_back(each.size());
    }
    char* formatted = nullptr;
    auto const size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()),
                                             texts.data(), sizes.data());
    if (size < 0)
        throw std::bad_alloc();
    struct wiped {
        char* text;
        std::size_t size;
        ~wiped() {
            OPENSSL_cleanse(text, size);
            redisFreeCommand(text);
        }
    } const owner{formatted, static_cast<std::size_t>(size)};
    out.append(owner.text, owner.size);
}

} // namespace intheloop::redis

#endif
