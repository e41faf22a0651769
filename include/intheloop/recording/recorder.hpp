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

// The options of a recorder.
class recorder_options {
public:
    recorder_options() {
    } // NOLINT(modernize-use-equals-default): keeps the class from being an aggregate

    // Texts that must not get into the file, at least 4 characters each; a text of less than 8 is
    // only found as a whole word. The n-th becomes {{secret:n}}. The recorder also finds the token,
    // impersonated users, signed addresses, cookies, and credentials: the values of header fields,
    // parameters of addresses, fields of forms and members of JSON whose name has a word for them
    // (X-Api-Key, access_token, clientSecret, X-Session, but not token_type). It looks for such
    // parameters and members in all texts, also in JSON within JSON and in JSON that breaks off; in
    // JSON only strings count. In all texts it also looks for such names before a value in
    // quotation marks, and for elements of XML. The password behind "Basic" in a header field, and
    // that in an address, count too. A user or a credential of 3 characters or less is hidden in
    // its own place only: it can't be distinguished from other text. So is a credential that is a
    // word for one ("password"), or that has more than 16 KiB in a body. In base64 and hexadecimal,
    // which become {{any}}, a secret is found from 8 characters on.
    std::vector<secret> secrets;

    // The parts of requests that are different each time, such as a period that ends now: pointers
    // to members of JSON bodies ("/start"), or names of query parameters ("since"). They become
    // {{any}}, which matches any value. Beside such a member, numbers are rounded as below.
    std::vector<std::string> varying;

    // Replaces UUIDs by {{id:1}}, {{id:2}} and so on: the service makes new ones each time.
    bool number_uuids = true;

    // May change the JSON body of a response before it is recorded, to remove varying or private
    // values. `target` is the path and query of the request as sent. May be called more than once
    // for a response, each time with the original body. In a body that it changes, a number that
    // neither 64 bits nor a double can hold is rounded. While it is set, a remark takes the place
    // of each body of the API or of another host that is not JSON, or that breaks off: it may hold
    // such values too.
    std::function<void(std::string_view target, boost::json::value& body)> edit_answer;

    // Response fields to keep in addition to Accept-Ranges, Allow, Content-Encoding, Content-Range,
    // Content-Type, ETag, Location, Retry-After and WWW-Authenticate, and to those that an endpoint
    // names with response_header<>.
    std::vector<std::string> response_headers;

    // Limits the recorded bytes of all downloaded files together. Bytes beyond the limit can't be
    // played.
    std::size_t file_limit = 16 * 1024 * 1024;
};

// Records the exchanges of clients: each attempt of each call that got a connection.
//
//     auto const recorder = std::make_shared<loop::testing::recorder>();
//     options.recorder = recorder;        // loop::options
//     ...
//     recorder->save("session.json");
//
// The file contains no token, no impersonated user, no signature and none of the listed secrets,
// even if the service repeats one, or if a body breaks off within one (4 characters or more of it;
// less reveals nothing). It contains only the header fields that matter, and no times, ports and
// host names: the same behaviour gives the same bytes, for one client whose calls follow each
// other. Overlapping calls, and several clients, may begin in another order each time.
//
// In the bytes of downloaded files, secrets and the queries of all addresses are replaced by the
// same number of asterisks. If the part before was not recorded, all bytes up to the first space
// are replaced too, since they may belong to an address.
//
// All member functions may be called from any thread. In memory, the recorder keeps the exchanges
// unchanged, with their secrets.
class recorder final : public exchange_recorder {
public:
    // Throws std::invalid_argument if a secret is too short, if an element of `varying` is neither
    // a pointer nor a name, or if a response field to keep frames the body (Content-Length,
    // Transfer-Encoding).
    explicit recorder(recorder_options options = recorder_options());
    ~recorder() override;

    // Returns the exchanges so far, in the order in which they began. The result can be saved and
    // loaded. Throws std::runtime_error if a secret is in a place where it can't be replaced, such
    // as a number (the text names the exchange), or if memory ran out while recording.
    [[nodiscard]] testing::recording recording() const;

    // Returns the recording as the text of a file.
    [[nodiscard]] std::string to_json() const { return recording().to_json(); }
    // Writes the recording to a file, which appears as a whole or not at all; see
    // recording::save().
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
