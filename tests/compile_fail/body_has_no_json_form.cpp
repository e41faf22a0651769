// expect: intheloop: JSON has no form for this type: use a string, a number, a time,
// expect: &new_card::kind
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <string>

namespace loop = intheloop;

enum class kind { idea, task };

class new_card {
public:
    new_card() {}
#ifdef CONTROL
    std::string kind;
#else
    ::kind kind = ::kind::idea;
#endif
    using members = loop::members<&new_card::kind>;
};

inline constexpr loop::endpoint<loop::verb::post, "/cards", new_card, std::string> create_card{};
