// expect: intheloop: two alternatives of this one_of go by the same text
// expect-error-first
#include <intheloop/endpoint/one_of.hpp>

#include <string>

namespace loop = intheloop;

struct mail {
    std::string subject;
    using members = loop::members<&mail::subject>;
};
struct letter {
    std::string address;
    using members = loop::members<&letter::address>;
};

#ifdef CONTROL
loop::one_of<"type", mail, letter> made;
#else
loop::one_of<"type", mail, loop::alternative<"Mail", letter>> made;
#endif
