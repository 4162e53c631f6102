//===- Requirements.h - What hangs on the sizes of models ---------*- C++ -*-===//
//
// Checks of whole models with numbers for their dimensions, which come after names and shapes are
// checked for all sizes at once.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_LANGUAGE_REQUIREMENTS_H
#define GATEFOLD_LANGUAGE_REQUIREMENTS_H

namespace gatefold {

class Diagnostics;
struct SourceFile;

/// Reports for the user's models what hangs on their sizes, as lowerModel() would: every model of
/// the checked `file` whose dimensions have defaults is taken with these. What several models share
/// is reported once. Returns whether there was no error.
bool checkRequirements(const SourceFile &file, Diagnostics &diagnostics);

} // namespace gatefold

#endif // GATEFOLD_LANGUAGE_REQUIREMENTS_H
