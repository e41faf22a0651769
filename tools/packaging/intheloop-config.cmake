# Boost brings its own config; CMake's FindBoost is gone.
if(POLICY CMP0167)
  cmake_policy(SET CMP0167 NEW)
endif()
include(CMakeFindDependencyMacro)
find_dependency(Boost 1.81 COMPONENTS json)
find_dependency(OpenSSL 3)
find_dependency(Threads)
# For intheloop::redis, which is installed where hiredis was. Without it CMake says so as soon as somebody links that.
find_library(INTHELOOP_HIREDIS_LIBRARY hiredis)
find_path(INTHELOOP_HIREDIS_INCLUDE_DIRECTORY hiredis/hiredis.h)
mark_as_advanced(INTHELOOP_HIREDIS_LIBRARY INTHELOOP_HIREDIS_INCLUDE_DIRECTORY)
if(INTHELOOP_HIREDIS_LIBRARY AND INTHELOOP_HIREDIS_INCLUDE_DIRECTORY AND NOT TARGET intheloop::hiredis)
  add_library(intheloop::hiredis UNKNOWN IMPORTED)
  set_target_properties(intheloop::hiredis PROPERTIES
    IMPORTED_LOCATION "${INTHELOOP_HIREDIS_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${INTHELOOP_HIREDIS_INCLUDE_DIRECTORY}")
endif()
include("${CMAKE_CURRENT_LIST_DIR}/intheloop-targets.cmake")
