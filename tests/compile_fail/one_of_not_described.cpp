// expect: intheloop: an alternative of one_of is a described type
// expect-error-first
#include <intheloop/endpoint/one_of.hpp>

#include <string>

namespace loop = intheloop;

struct mail {
    std::string subject;
#ifdef CONTROL
    using members = loop::members<&mail::subject>;
#endif
};
loop::one_of<"type", mail> made;
