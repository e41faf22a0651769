// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_TLS_TRUST_IPP
#define INTHELOOP_NET_IMPL_TLS_TRUST_IPP

#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/net/detail/one_of_process.hpp>
#include <intheloop/net/detail/tls_trust.hpp>
#include <intheloop/net/detail/trusted_bytes.hpp>
#include <intheloop/net/impl/trusted_bytes.ipp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/system/error_code.hpp>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pemerr.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <fcntl.h>

#include <cerrno>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::net {

namespace detail {

// Names the invalid option. Keys don't appear in the text.
[[noreturn]] INTHELOOP_DECL void refuse_tls(boost::system::error_code const& ec,
                                            std::string const& input) {
    throw exception(error(errc::invalid_option, "TLS: " + input + ": " + ec.message()));
}

INTHELOOP_DECL void require_tls(boost::system::error_code const& ec, std::string const& input) {
    if (ec)
        refuse_tls(ec, input);
}

// The text of a file, which is wiped in the end: it may hold a private key. OpenSSL would open the
// file without close-on-exec.
class pem_file {
public:
    // Throws intheloop::exception (configuration), which names the input.
    pem_file(std::string const& path, std::string const& input) : pem_file() {
        if (!read(path))
            refuse_tls({errno, boost::system::system_category()}, input);
    }
    pem_file(pem_file const&) = delete;
    pem_file& operator=(pem_file const&) = delete;
    ~pem_file() { wipe(); }

    std::string_view text() const noexcept { return std::string_view(text_).substr(0, size_); }

private:
    pem_file() = default;

    bool read(std::string const& path) {
        intheloop::detail::file_descriptor const file(
            ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
        if (!file)
            return false;
        for (;;) {
            if (size_ == text_.size())
                grow();
            auto const got = file.read(text_.data() + size_, text_.size() - size_);
            if (!got || *got == 0)
                return got.has_value();
            size_ += *got;
        }
    }
    void wipe() noexcept { OPENSSL_cleanse(text_.data(), text_.size()); }
    void grow() {
        std::string larger(2 * text_.size() + 4096, '\0');
        text_.copy(larger.data(), size_);
        wipe();
        text_.swap(larger);
    }

    std::string text_;
    std::size_t size_ = 0; // of what was read
};

// Refuses a list of directories none of which can be searched. OpenSSL takes it, and would trust
// nobody.
INTHELOOP_DECL void require_directory(std::string const& paths) {
    if (int const problem = problem_of_directories(paths); problem != 0)
        refuse_tls({problem, boost::system::generic_category()},
                   "ca_directory: certificate authorities from " + paths);
}

struct free_pem_part {
    void operator()(BIO* source) const noexcept { BIO_free(source); }
    void operator()(X509_CRL* list) const noexcept { X509_CRL_free(list); }
    void operator()(STACK_OF(X509_INFO) * all) const noexcept {
        sk_X509_INFO_pop_free(all, X509_INFO_free);
    }
};
using pem_source = std::unique_ptr<BIO, free_pem_part>;
using crl = std::unique_ptr<X509_CRL, free_pem_part>;
using pem_objects = std::unique_ptr<STACK_OF(X509_INFO), free_pem_part>;

// Returns OpenSSL's error, and clears it for later queries.
INTHELOOP_DECL boost::system::error_code take_tls_error() {
    auto const code = static_cast<int>(ERR_peek_last_error());
    ERR_clear_error();
    return {code, boost::asio::error::get_ssl_category()};
}

// Reads a text, which must outlive the source.
INTHELOOP_DECL pem_source open_pem(std::string_view text, std::string const& input) {
    ERR_clear_error();
    pem_source opened(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!opened)
        refuse_tls(take_tls_error(), input);
    return opened;
}

// Adds all certificates and lists of a text, at least one, as OpenSSL does for a file.
INTHELOOP_DECL void add_authorities(X509_STORE* store, std::string_view text,
                                    std::string const& input) {
    auto const source = open_pem(text, input);
    char no_phrase[] = ""; // OpenSSL would ask for one on the terminal
    pem_objects const all(PEM_X509_INFO_read_bio(source.get(), nullptr, nullptr, no_phrase));
    if (!all)
        refuse_tls(take_tls_error(), input);
    int found = 0;
    for (int i = 0; i != sk_X509_INFO_num(all.get()); ++i) {
        X509_INFO const* const each = sk_X509_INFO_value(all.get(), i);
        if ((each->x509 && X509_STORE_add_cert(store, each->x509) != 1) ||
            (each->crl && X509_STORE_add_crl(store, each->crl) != 1))
            refuse_tls(take_tls_error(), input);
        found += each->x509 || each->crl ? 1 : 0;
    }
    if (found == 0)
        throw exception(error(errc::invalid_option, "TLS: " + input + ": it holds no certificate"));
}

// Adds all lists of a text, at least one, and enables revocation checks.
INTHELOOP_DECL void add_revocation_lists(X509_STORE* store, std::string_view text,
                                         std::string const& input) {
    auto const source = open_pem(text, input);
    std::size_t found = 0;
    while (crl const list{PEM_read_bio_X509_CRL(source.get(), nullptr, nullptr, nullptr)}) {
        if (X509_STORE_add_crl(store, list.get()) != 1)
            refuse_tls(take_tls_error(), input);
        ++found;
    }
    // OpenSSL reports the end of the lists as an error too.
    auto const ended = take_tls_error();
    if (found == 0 ||
        ERR_GET_REASON(static_cast<unsigned long>(ended.value())) != PEM_R_NO_START_LINE)
        refuse_tls(ended, input);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

// Makes a context with the system's policy: OpenSSL's configuration may set versions, ciphers,
// groups, the security level and options. It can be made stricter here, never laxer. (Asio's own
// constructor would lower the minimum version.)
INTHELOOP_DECL boost::asio::ssl::context make_context_of_system() {
    ERR_clear_error();
    SSL_CTX* const made = SSL_CTX_new(TLS_client_method());
    if (!made)
        refuse_tls(take_tls_error(), "OpenSSL's configuration");
    boost::asio::ssl::context context(made);
    SSL_CTX_set_options(made, SSL_OP_NO_COMPRESSION);
    if (SSL_CTX_get_min_proto_version(made) < TLS1_2_VERSION &&
        SSL_CTX_set_min_proto_version(made, TLS1_2_VERSION) != 1)
        refuse_tls(take_tls_error(), "OpenSSL has no TLS 1.2");
    return context;
}

INTHELOOP_DECL bool is_self_issued(X509* certificate) {
    return X509_check_issued(certificate, certificate) == X509_V_OK;
}

// Returns whether a store may hold a root: certificates of a directory are not loaded yet.
INTHELOOP_DECL bool may_hold_root(X509_STORE* store, tls_options const& options) {
    if (!options.ca_directory.empty())
        return true;
    STACK_OF(X509_OBJECT)* const all = X509_STORE_get0_objects(store);
    for (int i = 0; i != sk_X509_OBJECT_num(all); ++i)
        if (X509* const each = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));
            each && is_self_issued(each))
            return true;
    return false;
}

struct free_crl_lists {
    void operator()(STACK_OF(X509_CRL) * lists) const noexcept {
        sk_X509_CRL_pop_free(lists, X509_CRL_free);
    }
};

// Returns whether a list of its issuer revokes a certificate.
INTHELOOP_DECL bool is_listed(X509_STORE_CTX* checked, X509* certificate) {
    std::unique_ptr<STACK_OF(X509_CRL), free_crl_lists> const lists(
        X509_STORE_CTX_get1_crls(checked, X509_get_issuer_name(certificate)));
    for (int i = 0; i < sk_X509_CRL_num(lists.get()); ++i)
        if (X509_REVOKED* entry = nullptr;
            X509_CRL_get0_by_cert(sk_X509_CRL_value(lists.get(), i), &entry, certificate) == 1)
            return true;
    return false;
}

// OpenSSL asks for a list of the issuer of each certificate, which it can't verify for the last one
// of a chain that ends below a root. That one is trusted by itself: it needs no list, but is
// refused if a list revokes it.
INTHELOOP_DECL int verify_below_root(int accepted, X509_STORE_CTX* checked) {
    if (accepted == 1)
        return accepted;
    switch (X509_STORE_CTX_get_error(checked)) {
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
    case X509_V_ERR_KEYUSAGE_NO_CRL_SIGN:
    case X509_V_ERR_CRL_SIGNATURE_FAILURE: break;
    default: return 0;
    }
    int const last = sk_X509_num(X509_STORE_CTX_get0_chain(checked)) - 1;
    X509* const certificate = X509_STORE_CTX_get_current_cert(checked);
    if (X509_STORE_CTX_get_error_depth(checked) != last || !certificate ||
        is_self_issued(certificate))
        return 0;
    bool const revoked = is_listed(checked, certificate);
    X509_STORE_CTX_set_error(checked, revoked ? X509_V_ERR_CERT_REVOKED : X509_V_OK);
    return revoked ? 0 : 1;
}

// The trusts that clients of this process use now. Holds none of them itself, and no secret.
// Clients may begin and end while the process exits.
class shared_trusts : public one_of_process<shared_trusts> {
public:
    // The child of a fork shares no trust of its parent.
    static shared_trusts& of_process() { return find_or_make(); }

    INTHELOOP_DECL std::shared_ptr<tls_trust const> find(trusted_bytes::fingerprint const& of);
    // Returns the one that came first.
    INTHELOOP_DECL std::shared_ptr<tls_trust const> add(trusted_bytes::fingerprint const& of,
                                                        std::shared_ptr<tls_trust const> made);

private:
    friend class one_of_process<shared_trusts>;

    shared_trusts() {}

    std::mutex mutex_;
    std::map<trusted_bytes::fingerprint, std::weak_ptr<tls_trust const>> used_;
};

INTHELOOP_DECL std::shared_ptr<tls_trust const>
shared_trusts::find(trusted_bytes::fingerprint const& of) {
    std::lock_guard const lock(mutex_);
    auto const found = used_.find(of);
    return found == used_.end() ? nullptr : found->second.lock();
}

INTHELOOP_DECL std::shared_ptr<tls_trust const>
shared_trusts::add(trusted_bytes::fingerprint const& of, std::shared_ptr<tls_trust const> made) {
    std::lock_guard const lock(mutex_);
    std::erase_if(used_, [](auto const& each) { return each.second.expired(); });
    auto const [place, is_first] = used_.try_emplace(of, made);
    if (!is_first)
        if (auto earlier = place->second.lock())
            return earlier;
    place->second = made;
    return made;
}

} // namespace detail

INTHELOOP_DECL tls_trust::tls_trust(tls_options const& options) {
    boost::system::error_code ec;
    boost::asio::ssl::context loading = detail::make_context_of_system();

    bool const own_trust = options.has_own_trust();
    if (!own_trust) {
        loading.set_default_verify_paths(ec);
        detail::require_tls(ec, "the system's certificate authorities");
    }
    X509_STORE* const store = SSL_CTX_get_cert_store(loading.native_handle());
    if (!options.ca_file.empty()) {
        std::string const input = "certificate authorities from " + options.ca_file;
        detail::add_authorities(store, detail::pem_file(options.ca_file, input).text(), input);
    }
    if (!options.ca_directory.empty()) {
        detail::require_directory(options.ca_directory);
        loading.add_verify_path(options.ca_directory, ec);
        detail::require_tls(ec, "certificate authorities from " + options.ca_directory);
    }
    if (!options.ca_pem.empty()) {
        loading.add_certificate_authority(boost::asio::buffer(options.ca_pem), ec);
        detail::require_tls(ec, "the text of certificate authorities");
    }

    X509_STORE_up_ref(store);
    store_.reset(store);
    // A user's own trust may end at an intermediate authority, or name the server's certificate.
    bool const has_lists = !options.crl_file.empty() || !options.crl_pem.empty();
    if (own_trust && !(has_lists && detail::may_hold_root(store, options))) {
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
        may_end_below_root_ = has_lists;
    }
    if (!options.crl_file.empty()) {
        std::string const input = "revocation lists from " + options.crl_file;
        detail::add_revocation_lists(store, detail::pem_file(options.crl_file, input).text(),
                                     input);
    }
    if (!options.crl_pem.empty())
        detail::add_revocation_lists(store, options.crl_pem,
                                     "crl_pem, the text of revocation lists");
}

INTHELOOP_DECL void tls_trust::use_in(SSL_CTX* context) const {
    SSL_CTX_set1_cert_store(context, store_.get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER,
                       may_end_below_root_ ? &detail::verify_below_root : nullptr);
}

// Files that change while they are read are read for this client alone.
INTHELOOP_DECL std::shared_ptr<tls_trust const> tls_trust::load(tls_options const& options) {
    auto const before = trusted_bytes(options).hash();
    if (before)
        if (auto found = detail::shared_trusts::of_process().find(*before))
            return found;
    auto made = std::make_shared<tls_trust const>(options);
    if (!before || trusted_bytes(options).hash() != before)
        return made;
    return detail::shared_trusts::of_process().add(*before, std::move(made));
}

} // namespace intheloop::net

#endif
