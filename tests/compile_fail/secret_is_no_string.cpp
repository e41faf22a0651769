// expect: secret
// expect-error-first
#include <intheloop/base/secret.hpp>

#include <string>

namespace loop = intheloop;

#ifdef CONTROL
std::string text(loop::secret const& secret) {
    return secret.reveal();
}
#else
std::string text(loop::secret const& secret) {
    return secret;
}
#endif
