// expect: intheloop: an alternative of this one_of has the discriminator as a member
// expect-error-first
#include <intheloop/endpoint/one_of.hpp>

#include <string>

namespace loop = intheloop;

struct mail {
    std::string type;
    using members = loop::members<&mail::type>;
};

#ifdef CONTROL
loop::one_of<"kind", mail> made;
#else
loop::one_of<"type", mail> made;
#endif
