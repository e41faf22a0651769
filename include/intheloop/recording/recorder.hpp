// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_RECORDER_HPP
#define INTHELOOP_RECORDING_RECORDER_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/exchange_recorder.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/recording/recording.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing {

// What a recorder writes, and what not.
class recorder_options {
public:
    recorder_options() {
    } // NOLINT(modernize-use-equals-default): keeps the class from being an aggregate

    // Texts that must not get into the file, at least 4 characters each; a shorter one than 8 is
    // found only as a whole word. The n-th becomes {{secret:n}}. The token, impersonated users and
    // signed addresses are found without this, and so are fields of requests that hold credentials
    // by a word of their names (X-Api-Key). A user of 3 characters or less is hidden in its own
    // field alone: in other texts it can't be told from what is not one.
    std::vector<secret> secrets;

    // What of a request is another one each time, a period that ends now say: the pointer of a
    // member of its JSON body ("/start"), or the name of a parameter of its query ("since"). It
    // becomes {{any}}, which fits whatever comes.
    std::vector<std::string> varying;

    // UUIDs become {{id:1}}, {{id:2}} and so on: the service makes new ones each time.
    bool number_uuids = true;

    // May change the JSON body of an answer before it is recorded: what varies in it, or is nobody
    // else's business. `target` is the path and query of its request as sent. It may be called
    // more than once for an answer, each time with the body as it came.
    std::function<void(std::string_view target, boost::json::value& body)> edit_answer;

    // Fields of answers to keep besides Accept-Ranges, Allow, Content-Encoding, Content-Range,
    // Content-Type, ETag, Location, Retry-After and WWW-Authenticate.
    std::vector<std::string> response_headers;

    // How many bytes of downloaded files are recorded, all together. What is left out can't be
    // played.
    std::size_t file_limit = 16 * 1024 * 1024;
};

// Makes a recording of what clients do: of each attempt of each call that got a connection.
//
//     auto const recorder = std::make_shared<loop::testing::recorder>();
//     how.recorder = recorder;            // loop::options
//     ...
//     recorder->save("session.json");
//
// In the file there is no token, no impersonated user, no signature and none of the listed secrets,
// also where the service repeats one, or a body was cut within one (4 characters or more of it;
// less tells nothing); of the header only what matters, and of a time, a port and the names of
// hosts nothing, so that the same behaviour gives the same bytes: of one client whose calls come
// one after the other. Calls at the same time, and clients, may begin in another order each time.
// In the bytes of downloaded files a secret, and the query of any address, becomes as many
// asterisks; where the part before was not recorded, all up to the first space, too, as it may
// belong to one.
//
// All member functions may be called from any thread. What it holds in memory until then is as it
// came.
class recorder final : public exchange_recorder {
public:
    // Throws std::invalid_argument if a secret is too short, what varies is named badly, or a field
    // of answers to keep says where their bodies end (Content-Length, Transfer-Encoding).
    explicit recorder(recorder_options options = recorder_options());
    ~recorder() override;

    // The exchanges so far, in the order in which they began. Throws std::runtime_error if a secret
    // stands where it can't be replaced, as a number say, or if memory ran out while recording; the
    // text says in which exchange. What it gives can be saved and loaded.
    [[nodiscard]] testing::recording recording() const;

    // The same as the text of a file.
    [[nodiscard]] std::string to_json() const { return recording().to_json(); }
    // The same as a file, which appears whole or not at all; see recording::save().
    void save(file_path const& path) const { recording().save(path); }

    // Forgets the exchanges so far.
    void clear();

    std::size_t file_limit() override;
    void on_exchange(exchange_record const& one) override;

private:
    struct impl;
    std::unique_ptr<impl> impl_;
};

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/recorder.ipp>
#endif

#endif
