# osprey_npm_ci(): installs the packages of the calling folder's package-lock.json into its node_modules, if that is not done yet.
find_program(NPM npm)
find_program(NODE node)
if(NOT NPM OR NOT NODE)
  message(FATAL_ERROR "Node.js 18 or later with npm is missing: pinned sources, contracts and their compiler are installed with it")
endif()

function(osprey_npm_ci)
  set(here ${CMAKE_CURRENT_SOURCE_DIR})
  set_property(DIRECTORY ${here} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS package.json package-lock.json)
  file(RELATIVE_PATH name ${CMAKE_SOURCE_DIR} ${here})
  # Several build folders share one node_modules: only one of them installs.
  file(LOCK ${here} DIRECTORY GUARD FUNCTION TIMEOUT 300)
  # npm writes .package-lock.json when it is done, so it is older than the lock file only after a change of version.
  set(installed ${here}/node_modules/.package-lock.json)
  if(NOT EXISTS ${installed} OR ${here}/package-lock.json IS_NEWER_THAN ${installed})
    message(STATUS "${name}: npm ci")
    execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund WORKING_DIRECTORY ${here}
                    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_VARIABLE complaint)
    if(failed)
      message(FATAL_ERROR "${name}: npm ci failed: ${complaint}")
    endif()
  endif()
  file(LOCK ${here} DIRECTORY RELEASE)
endfunction()
