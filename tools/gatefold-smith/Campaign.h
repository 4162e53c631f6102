//===- Campaign.h - Many models, and a report of them ------------*- C++ -*-===//
//
// Generates models, checks each in a process of its own, and reduces those that fail.
//
//===----------------------------------------------------------------------===//

#ifndef GATEFOLD_TOOLS_GATEFOLD_SMITH_CAMPAIGN_H
#define GATEFOLD_TOOLS_GATEFOLD_SMITH_CAMPAIGN_H

#include "Children.h"
#include "Generator.h"
#include "ModelCheck.h"
#include "llvm/Support/raw_ostream.h"

namespace gatefold::smith {

/// What to generate and how to go about it.
struct CampaignOptions {
  uint64_t seed = 1; ///< of the first model; the others have the numbers behind it
  uint64_t count = 500;
  ModelSize size = ModelSize::Small;
  CheckOptions check;          ///< its seed is that of each model
  double timeLimit = 0;        ///< seconds after which no model is begun; 0: none
  double modelLimit = 60;      ///< seconds that one model may take
  double reductionLimit = 120; ///< seconds that one reduction may take; 0: nothing is reduced
  unsigned jobs = 1;           ///< how many models are checked at a time
  unsigned mostFailures = 10;  ///< after so many the campaign ends
  bool showsProgress = false;  ///< a line on stderr that counts
};

/// A model that failed.
struct FailedModel {
  uint64_t seed = 0;
  CheckResult result;
  std::string text;    ///< the reduced model, or the whole one where that was not asked for
  std::string command; ///< what repeats the failure of the reduced text
};

/// What a campaign found.
struct CampaignResult {
  uint64_t numModels = 0, numRejected = 0, numConfigurations = 0, numRuns = 0;
  std::vector<FailedModel> failures;
  std::map<std::string, uint64_t> features; ///< in how many models each occurs
  double seconds = 0;

  void print(llvm::raw_ostream &out) const;
  llvm::json::Value toJSON() const;
};

/// Checks one text in a process of its own.
CheckResult checkInChild(const std::string &text, const CheckOptions &options, double seconds);

/// Runs a campaign.
CampaignResult runCampaign(const CampaignOptions &options);

/// The name that --size takes.
llvm::StringRef getSizeName(ModelSize size);

} // namespace gatefold::smith

#endif // GATEFOLD_TOOLS_GATEFOLD_SMITH_CAMPAIGN_H
