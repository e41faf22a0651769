// expect: intheloop: two alternatives of this one_of are the same type
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
loop::one_of<"type", loop::alternative<"A", mail>, loop::alternative<"B", letter>> made;
#else
loop::one_of<"type", loop::alternative<"A", mail>, loop::alternative<"B", mail>> made;
#endif
